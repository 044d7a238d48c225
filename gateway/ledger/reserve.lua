#!lua
-- Holds all claims of a reservation or none.
-- ARGV: fence, reservation, its record, and for each claim packed: {limit or nil, buckets that count}
local fence, id, record = ARGV[1], ARGV[2], ARGV[3]

if not is_current(fence) then return {'stale'} end
if redis.call('HEXISTS', ledger, 'r|' .. id) == 1 then return {'granted'} end

local _, fingerprint, claims = unpack(cmsgpack.unpack(record))
local holder = fingerprint ~= '' and redis.call('HGET', ledger, 'f|' .. fingerprint)
if holder then return {'joined', holder} end

local left = {}
for place, limit in ipairs(cmsgpack.unpack(ARGV[4])) do
  local amount_max, buckets = limit[1], limit[2]
  if amount_max then
    local total = sum('a|', buckets)
    if total + claims[place][2] > amount_max then
      return {'reached', place - 1, total, sum('h|', buckets)}
    end
    left[place] = amount_max - total - claims[place][2]
  else
    left[place] = -1
  end
end

local buckets, held = {}, {}
for place, claim in ipairs(claims) do
  buckets[place], held[place] = claim[1], claim[2]
end
add(buckets, held, held, true)
redis.call('HSET', ledger, 'r|' .. id, record)
if fingerprint ~= '' then redis.call('HSET', ledger, 'f|' .. fingerprint, id) end
return {'granted', unpack(left)}
