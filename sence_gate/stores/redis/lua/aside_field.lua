-- Set one field of a hash aside, unless it has changed meanwhile.
-- KEYS: the hash, where to, count
-- ARGV: field, the garbage, seconds to live, the count from now on
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then
  return 0
end
redis.call('SET', KEYS[2], ARGV[2], 'EX', ARGV[3])
redis.call('HDEL', KEYS[1], ARGV[1])
redis.call('SET', KEYS[3], ARGV[4])
return 1
