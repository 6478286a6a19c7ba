-- Add a line to the ledger, and set a field of a hash where one is named, both or neither; see swap.lua.
-- KEYS: ledger, lead; the hash
-- ARGV: ms of the entry, entry, token; the hash's field, its value; '1' when this is a second try
if ARGV[#ARGV] == '1' then
  local since = string.format('%.0f000', redis.call('TIME')[1] - 10)
  for _, line in ipairs(redis.call('XRANGE', KEYS[1], since, '+')) do
    if line[2][4] == ARGV[3] then
      return 1
    end
  end
end
if KEYS[3] then
  redis.call('HLEN', KEYS[3]) -- fails, before anything is written, when this is no hash
end
local id = redis.call('XADD', KEYS[1], '*', 'e', ARGV[2], 't', ARGV[3])
-- Ahead of Redis' clock? As texts, which is cheap: from 2001 to 2286 a moment has 13 digits.
if #ARGV[1] ~= 13 or ARGV[1] > id then
  local ahead = ARGV[1] - string.match(id, '^%d+')
  local known = redis.pcall('GET', KEYS[2])
  if ahead > 0 and (type(known) ~= 'string' or ahead > (tonumber(known) or 0)) then
    redis.call('SET', KEYS[2], string.format('%.0f', ahead))
  end
end
if KEYS[3] then
  redis.call('HSET', KEYS[3], ARGV[4], ARGV[5])
end
return 1
