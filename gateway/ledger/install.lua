#!lua
-- Puts a loaded hash in the ledger's place. KEYS[2]: the loaded hash; ARGV: fence, epoch, its number of fields
local loaded, fence, epoch, fields = KEYS[2], ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])

local here, id = string.match(redis.call('HGET', ledger, 'fence') or '', '^(%d+) .* (%x+)$')
if id == replication_id() and tonumber(here) >= epoch then
  redis.call('UNLINK', loaded)
  return 'overtaken'
end
if redis.call('HLEN', loaded) ~= fields then
  redis.call('UNLINK', loaded)
  return 'incomplete'
end

redis.call('HSET', loaded, 'fence', fence .. ' ' .. replication_id())
redis.call('PERSIST', loaded)
redis.call('UNLINK', ledger)
redis.call('RENAME', loaded, ledger)
return 'installed'
