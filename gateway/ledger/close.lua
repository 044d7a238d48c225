#!lua flags=allow-oom
-- Leaves of a reservation what was charged, and makes no bucket.
-- ARGV: fence, reservation, charged, and when it was opened at the latest (ms) or ''
local fence, id, charged, opened_before = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])

if not is_current(fence) then return 0 end
local record = redis.call('HGET', ledger, 'r|' .. id)
if not record then return 1 end

local opened, fingerprint, claims = unpack(cmsgpack.unpack(record))
if opened_before and opened >= opened_before then return 1 end
local buckets, more_total, more_held = {}, {}, {}
for place, claim in ipairs(claims) do
  local bucket, amount, becomes = unpack(claim)
  local left = becomes == 'charge' and charged or becomes == 'count' and charged > 0 and amount or 0
  buckets[place], more_total[place], more_held[place] = bucket, left - amount, -amount
end
add(buckets, more_total, more_held)
redis.call('HDEL', ledger, 'r|' .. id)
if redis.call('HGET', ledger, 'f|' .. fingerprint) == id then
  redis.call('HDEL', ledger, 'f|' .. fingerprint)
end
return 1
