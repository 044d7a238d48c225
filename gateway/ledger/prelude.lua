-- Stands before every verb that reads the ledger. KEYS[1] is the ledger, one hash:
--   fence             epoch, policies, layout and the server's replication id
--   a|<bucket>        the total of an account's bucket, held amounts included
--   h|<bucket>        the part of it that open reservations hold; absent when that is nothing
--   r|<reservation>   packed: opened at (ms), fingerprint or '', claims {bucket, amount, becomes}
--   f|<fingerprint>   the open reservation that has it
local ledger = KEYS[1]

-- Changes when a server restarts or a replica is promoted: writes may then be lost.
local function replication_id()
  return string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)')
end

local function is_current(fence)
  return redis.call('HGET', ledger, 'fence') == fence .. ' ' .. replication_id()
end

local function amounts(kind, buckets)
  local fields, found = {}, {}
  for place, bucket in ipairs(buckets) do fields[place] = kind .. bucket end
  if #fields > 0 then found = redis.call('HMGET', ledger, unpack(fields)) end
  for place, amount in ipairs(found) do found[place] = tonumber(amount) or false end
  return found
end

local function sum(kind, buckets)
  local total = 0
  for _, amount in ipairs(amounts(kind, buckets)) do total = total + (amount or 0) end
  return total
end

-- What a reservation holds, by bucket; nothing when it is not there.
local function held_by(id)
  local record, amounts = redis.call('HGET', ledger, 'r|' .. id), {}
  for _, claim in ipairs(record and cmsgpack.unpack(record)[3] or {}) do amounts[claim[1]] = claim[2] end
  return amounts
end

-- Lua would write large numbers with an exponent.
local function whole(number)
  return string.format('%.0f', number)
end

-- Adds to the totals and to the held parts of buckets. Only with `makes` does it make those that are not there;
-- else they were swept after their windows had ended, and stay away.
local function add(buckets, more_total, more_held, makes)
  local totals, helds, set, drop = amounts('a|', buckets), amounts('h|', buckets), {}, {}
  for place, bucket in ipairs(buckets) do
    if totals[place] or makes then
      local held = (helds[place] or 0) + more_held[place]
      table.insert(set, 'a|' .. bucket)
      table.insert(set, whole((totals[place] or 0) + more_total[place]))
      table.insert(held > 0 and set or drop, 'h|' .. bucket)
      if held > 0 then table.insert(set, whole(held)) end
    end
  end
  if #set > 0 then redis.call('HSET', ledger, unpack(set)) end
  if #drop > 0 then redis.call('HDEL', ledger, unpack(drop)) end
end
