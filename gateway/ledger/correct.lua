#!lua flags=allow-oom
-- Sets what a reservation holds of credits, whatever the limits. ARGV: fence, reservation, amount
local fence, id, amount = ARGV[1], ARGV[2], tonumber(ARGV[3])

if not is_current(fence) then return 0 end
local record = redis.call('HGET', ledger, 'r|' .. id)
if not record then return 1 end

local reservation = cmsgpack.unpack(record)
local buckets, more = {}, {}
for _, claim in ipairs(reservation[3]) do
  if claim[3] == 'charge' then
    table.insert(buckets, claim[1])
    table.insert(more, amount - claim[2])
    claim[2] = amount
  end
end
add(buckets, more, more)
redis.call('HSET', ledger, 'r|' .. id, cmsgpack.pack(reservation))
return 1
