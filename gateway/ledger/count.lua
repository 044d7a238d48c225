#!lua
-- Counts a request on all of its accounts or on none. KEYS: one for each account;
-- ARGV: seconds to keep them, and for each packed: {amount, limit or nil}
local keep_seconds, claims = ARGV[1], cmsgpack.unpack(ARGV[2])

local left = {}
for place, claim in ipairs(claims) do
  local amount, amount_max = claim[1], claim[2]
  local total = tonumber(redis.call('GET', KEYS[place]) or 0)
  if amount_max and total + amount > amount_max then return {'reached', place - 1, total, 0} end
  left[place] = amount_max and amount_max - total - amount or -1
end

for place, claim in ipairs(claims) do
  redis.call('INCRBY', KEYS[place], string.format('%.0f', claim[1]))
  redis.call('EXPIRE', KEYS[place], keep_seconds)
end
return {'granted', unpack(left)}
