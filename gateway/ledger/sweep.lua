#!lua flags=allow-oom
-- Drops those buckets of ended windows that nothing holds. ARGV: the buckets, packed
local dropped = 0
for _, bucket in ipairs(cmsgpack.unpack(ARGV[1])) do
  if redis.call('HEXISTS', ledger, 'h|' .. bucket) == 0 then
    dropped = dropped + redis.call('HDEL', ledger, 'a|' .. bucket)
  end
end
return dropped
