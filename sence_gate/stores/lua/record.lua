-- Add a line to the ledger.
-- KEYS: ledger, lead
-- ARGV: ms of the entry, entry, token, '1' when this is a second try
local ledger, lead = unpack(KEYS)
local at, entry, token, is_again = unpack(ARGV)
local known_lead = lead_of(lead)
if not (is_again == '1' and was_appended(ledger, token)) then
  append(ledger, lead, known_lead, at, entry, token)
end
return 1
