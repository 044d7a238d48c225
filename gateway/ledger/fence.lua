#!lua flags=no-writes
-- Tells epoch, policies and layout; nothing when this is not the server that they were installed on.
local fence, id = string.match(redis.call('HGET', ledger, 'fence') or '', '^(.*) (%x+)$')
return id == replication_id() and fence
