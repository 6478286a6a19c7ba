-- Add a line to the ledger; see swap.lua.
-- KEYS: ledger, lead
-- ARGV: ms of the entry, entry, token, '1' when this is a second try
if ARGV[4] == '1' then
  local since = string.format('%.0f000', redis.call('TIME')[1] - 10)
  for _, line in ipairs(redis.call('XRANGE', KEYS[1], since, '+')) do
    if line[2][4] == ARGV[3] then
      return 1
    end
  end
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
return 1
