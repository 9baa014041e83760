"""Seals: proof that evidence is today what it was when it was written.

`registry` says which tables are sealed, `canonical` how a row becomes bytes, `merkle` and
`blocks` how rows become a signed block, `anchors` what is kept outside the database,
`sealing` makes blocks, `verifying` checks them, `packs` hands them out. docs/seals.md
"""
