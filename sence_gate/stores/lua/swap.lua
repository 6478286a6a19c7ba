-- Replace a session and add the ledger's line, both or neither.
-- KEYS: session, open sessions of the learner in the course, ledger, lead
-- ARGV: text before ('' for none), text after, id, '1' when it is open, seconds to live,
--       ms of the entry, entry, token, '1' when this is a second try
-- What could fail by a key of another type comes before the first write, or is the
-- first write: Redis takes nothing back.
local session, open, ledger = KEYS[1], KEYS[2], KEYS[3]
local after, id = ARGV[2], ARGV[3]
local stored = redis.call('GET', session)
if (stored or '') ~= ARGV[1] then
  if not stored then
    redis.call('HDEL', open, id) -- it expired; nobody shall find it as open
  end
  return (ARGV[9] == '1' and was_appended(ledger, ARGV[8])) and 1 or 0
end
redis.call('HLEN', open)
append(ledger, KEYS[4], ARGV[6], ARGV[7], ARGV[8])
redis.call('SET', session, after, 'EX', ARGV[5])
if ARGV[4] == '1' then
  redis.call('HSET', open, id, after)
  redis.call('EXPIRE', open, ARGV[5])
else
  redis.call('HDEL', open, id)
end
return 1
