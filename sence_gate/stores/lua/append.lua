-- Shared by the scripts that write to a ledger.

local function append(ledger, lead, at, entry, token)
  local id = redis.call('XADD', ledger, '*', 'e', entry, 't', token)
  local ahead = at - string.match(id, '^%d+')
  if ahead > 0 then
    -- Something is written already, so nothing may fail from here on: whatever lead holds.
    local known = redis.pcall('GET', lead)
    if type(known) ~= 'string' or ahead > (tonumber(known) or 0) then
      redis.call('SET', lead, string.format('%.0f', ahead))
    end
  end
end

-- Whether a first try, whose answer was lost, had arrived: seconds ago at most.
local function was_appended(ledger, token)
  local since = redis.call('TIME')[1] - 10
  for _, line in ipairs(redis.call('XRANGE', ledger, string.format('%.0f000', since), '+')) do
    if line[2][4] == token then
      return true
    end
  end
  return false
end
