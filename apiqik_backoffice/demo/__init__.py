"""The demo world: made-up staff, customers and service changes for a first look.

`world.load` builds four months of history through the same verbs that people and jobs
use, by shifting the database's clock, which the owner of the schema may do where no
real people are served. Everything happens in one transaction, the shift included: a
load that fails leaves the database as empty as it was.

The cast: `timeline` moves the clock from act to act; `population` makes up customers;
`staff` those who work here; `story` the service changes; `providers` stand in for the
e-mail and SMS providers; `signins` keeps the passwords made for this installation.
"""
