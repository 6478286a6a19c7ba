"""Sessions and ledger in Redis. Nothing is imported here: who only reads an address needs no client."""
