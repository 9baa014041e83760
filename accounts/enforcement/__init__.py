"""The feed by which gateways decide for themselves.

Whatever takes access away, and every API key, is an *entry*; entries about the same thing share
an identifier, and the newest holds. Who is in it:

- triggers write an `EnforcementChange` in the transaction of each change;
- `sequencer` gives numbers to the changes that are committed, one process at a time under an
  advisory lock, without a gap; a transaction that is still open delays nobody and is numbered
  when it commits;
- `feed` answers what came after a number, `snapshot` what holds now;
- `signing` proves that a page is ours and how old it is;
- `waiting` lets a reader wait for the next change without a connection of its own.

No request and no Celery in here.
"""
