#!lua
-- Holds all claims of a reservation or none.
-- ARGV: fence, reservation, its record, for each claim packed: {limit or nil, buckets that count}, and the
-- reservation in whose place it comes or ''
local fence, id, record, instead_of = ARGV[1], ARGV[2], ARGV[3], ARGV[5]

if not is_current(fence) then return {'stale'} end
local opened, fingerprint, claims = unpack(cmsgpack.unpack(record))
local there = redis.call('HGET', ledger, 'r|' .. id)
if there then
  local reservation = cmsgpack.unpack(there)
  reservation[1] = opened
  redis.call('HSET', ledger, 'r|' .. id, cmsgpack.pack(reservation))
  return {'granted'}
end

local holder = fingerprint ~= '' and redis.call('HGET', ledger, 'f|' .. fingerprint)
if holder then return {'joined', holder} end

local ceded = held_by(instead_of)
local left = {}
for place, limit in ipairs(cmsgpack.unpack(ARGV[4])) do
  local amount_max, buckets = limit[1], limit[2]
  if amount_max then
    local total, goes = sum('a|', buckets), 0
    for _, bucket in ipairs(buckets) do goes = goes + (ceded[bucket] or 0) end
    if total - goes + claims[place][2] > amount_max then
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
