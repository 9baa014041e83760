"""Online payments behind one adapter.

`providers` says what a provider is and finds those of the settings. `orders` opens orders,
`events` takes what providers say about them and credits exactly once, `polling` asks about
those that nobody was told of, `reconciliation` compares a day with the provider's statement.
`loopback` is a provider for demonstrations and tests that misbehaves as real ones do.
"""
