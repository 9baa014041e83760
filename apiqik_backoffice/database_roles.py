"""The three roles of the database. Migrations refer to them by these names.

owner   owns the schema and runs migrations
app     runs everything else with only the rights it needs
reader  may look: reports, a support engineer's console
"""

DATABASE = "apiqik"
OWNER = "apiqik_owner"
APP = "apiqik_app"
READER = "apiqik_reader"
ROLES = (OWNER, APP, READER)

# The superuser of the embedded server. Other servers name theirs themselves.
EMBEDDED_SUPERUSER = "postgres"
