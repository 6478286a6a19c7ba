-- Replace a session and add the ledger's line, both or neither.
-- KEYS: session, open sessions of the learner in the course, ledger, lead, where garbage goes
-- ARGV: text before ('' for none), text after, id, '1' when it is open now or '0' when it was,
--       seconds to live, ms of the entry, entry, token, '1' when this is a second try
-- Redis takes nothing back, so what could fail by a key of another type comes first; what
-- comes later is put right here. A local function would cost as much as a write.
local open = KEYS[2]
local stored = redis.call('GET', KEYS[1])
if (stored or '') ~= ARGV[1] then
  if not stored then
    redis.pcall('HDEL', open, ARGV[3]) -- it expired; nobody shall find it as open
  end
  if ARGV[9] == '1' then
    -- The first try, whose answer was lost, may have won: seconds ago at most.
    local since = string.format('%.0f000', redis.call('TIME')[1] - 10)
    for _, line in ipairs(redis.call('XRANGE', KEYS[3], since, '+')) do
      if line[2][4] == ARGV[8] then
        return 1
      end
    end
  end
  return 0
end
local id = redis.call('XADD', KEYS[3], '*', 'e', ARGV[7], 't', ARGV[8])
-- Ahead of Redis' clock? As texts, which is cheap: from 2001 to 2286 a moment has 13 digits.
if #ARGV[6] ~= 13 or ARGV[6] > id then
  local ahead = ARGV[6] - string.match(id, '^%d+')
  local known = redis.pcall('GET', KEYS[4])
  if ahead > 0 and (type(known) ~= 'string' or ahead > (tonumber(known) or 0)) then
    redis.call('SET', KEYS[4], string.format('%.0f', ahead))
  end
end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[5])
if ARGV[4] == '1' then
  local added = redis.pcall('HSET', open, ARGV[3], ARGV[2])
  if type(added) == 'table' then
    redis.call('RENAME', open, KEYS[5])
    added = redis.call('HSET', open, ARGV[3], ARGV[2])
  end
  if added == 1 then
    redis.call('EXPIRE', open, ARGV[5])
  end
elseif ARGV[4] == '0' then
  redis.pcall('HDEL', open, ARGV[3])
end
return 1
