-- Write and read.
-- KEYS: a key for this alone
-- ARGV: a value, seconds to live
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
return redis.call('GET', KEYS[1])
