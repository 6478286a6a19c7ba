-- Count a callback that is nobody's and keep the newest; each says which number it had.
-- KEYS: stream, count
-- ARGV: entry, how many are kept
local number = string.format('%.0f', (tonumber(redis.call('GET', KEYS[2]) or '0') or 0) + 1)
redis.call('XADD', KEYS[1], 'MAXLEN', '=', ARGV[2], '*', 'e', ARGV[1], 'n', number)
redis.call('SET', KEYS[2], number)
return 1
