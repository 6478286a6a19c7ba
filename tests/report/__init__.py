"""The attendance report: from ledger entries to what a person reads."""
