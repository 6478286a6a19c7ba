-- Set garbage aside, unless somebody has put something else there meanwhile.
-- KEYS: the key, where to, count
-- ARGV: the type it should have, the garbage (of a string), seconds to live, the count from now on
local kind = redis.call('TYPE', KEYS[1]).ok
if kind == 'none' then
  return 0
end
if kind == ARGV[1] and (kind ~= 'string' or redis.call('GET', KEYS[1]) ~= ARGV[2]) then
  return 0
end
redis.call('RENAME', KEYS[1], KEYS[2])
redis.call('EXPIRE', KEYS[2], ARGV[3])
redis.call('SET', KEYS[3], ARGV[4])
return 1
