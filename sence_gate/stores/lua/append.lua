-- Shared by the scripts that write to a ledger; everything that can fail by a key of
-- another type is read before the first write, since Redis takes nothing back.

local function lead_of(key)
  return tonumber(redis.call('GET', key) or '0') or 0
end

local function append(ledger, lead, known_lead, at, entry, token)
  local id = redis.call('XADD', ledger, '*', 'e', entry, 't', token)
  local ahead = tonumber(at) - tonumber(string.match(id, '^%d+'))
  if ahead > known_lead then
    redis.call('SET', lead, string.format('%.0f', ahead))
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
