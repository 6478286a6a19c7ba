-- Delete a session that is still what was seen, also from the open ones.
-- KEYS: session, open sessions of the learner in the course
-- ARGV: its text, its id
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
redis.pcall('HDEL', KEYS[2], ARGV[2])
return redis.call('DEL', KEYS[1])
