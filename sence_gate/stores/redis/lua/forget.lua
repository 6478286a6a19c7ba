-- Delete a session that is still what was seen.
-- KEYS: session
-- ARGV: its text
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
return redis.call('DEL', KEYS[1])
