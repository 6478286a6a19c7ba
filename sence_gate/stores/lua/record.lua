-- Add a line to the ledger.
-- KEYS: ledger, lead
-- ARGV: ms of the entry, entry, token, '1' when this is a second try
if not (ARGV[4] == '1' and was_appended(KEYS[1], ARGV[3])) then
  append(KEYS[1], KEYS[2], ARGV[1], ARGV[2], ARGV[3])
end
return 1
