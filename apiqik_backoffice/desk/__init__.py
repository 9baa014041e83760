"""What surrounds the records in the back office: home page, side bar, search, outbox."""
