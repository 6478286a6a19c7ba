-- Replace a session and add the ledger's line, both or neither.
-- KEYS: session, open sessions of the learner in the course, ledger, lead
-- ARGV: text before ('' for none), text after, id, '1' when it is open, seconds to live,
--       ms of the entry, entry, token, '1' when this is a second try
local session, open, ledger, lead = unpack(KEYS)
local before, after, id, is_open, ttl, at, entry, token, is_again = unpack(ARGV)
local known_lead = lead_of(lead)
local stored = redis.call('GET', session)
if (stored or '') ~= before then
  if not stored then
    redis.call('HDEL', open, id) -- it expired; nobody shall find it as open
  end
  return (is_again == '1' and was_appended(ledger, token)) and 1 or 0
end
redis.call('HLEN', open)
append(ledger, lead, known_lead, at, entry, token)
redis.call('SET', session, after, 'EX', ttl)
if is_open == '1' then
  redis.call('HSET', open, id, after)
  redis.call('EXPIRE', open, ttl)
else
  redis.call('HDEL', open, id)
end
return 1
