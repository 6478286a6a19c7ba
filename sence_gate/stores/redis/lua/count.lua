-- Count up; what is no number there, or of another type, gives way.
-- KEYS: a count
-- ARGV: seconds to live
local count = redis.pcall('INCR', KEYS[1])
if type(count) ~= 'number' then
  redis.call('SET', KEYS[1], '1')
  count = 1
end
redis.call('EXPIRE', KEYS[1], ARGV[1])
return count
