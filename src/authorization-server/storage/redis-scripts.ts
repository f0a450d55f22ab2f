/*
 * The storage contract in Lua. `KEYS[1]` is the prefix of every key, including
 * the hash tag; `ARGV[1]` is the time. Keys below the prefix:
 *
 *   r:<kind>:<id>        hash: payload, indexes (JSON), createdAt, consumedAt, expiresAt
 *   x:<index>:<value>    set of <kind>:<id>
 *   k:<kind>             sorted set of ids, for listing
 *   e                    sorted set of <kind>:<id> by expiry
 *   kinds                set
 *
 * Keys have no TTL: Redis would drop a record and leave its index entries.
 */
const COMMON = `
local base = KEYS[1]
local now = tonumber(ARGV[1])
local function rowOf(kind, id) return base .. ':r:' .. kind .. ':' .. id end
local function present(kind, id)
  local fields = redis.call('HMGET', rowOf(kind, id), 'createdAt', 'expiresAt')
  if not fields[1] then return false end
  return not fields[2] or tonumber(fields[2]) > now
end
local function read(kind, id)
  local f = redis.call('HMGET', rowOf(kind, id),
    'payload', 'indexes', 'createdAt', 'consumedAt', 'expiresAt')
  return { kind, id, f[1], f[2], f[3], f[4] or '', f[5] or '' }
end
local function drop(kind, id)
  local row = rowOf(kind, id)
  local member = kind .. ':' .. id
  local indexes = redis.call('HGET', row, 'indexes')
  if not indexes then return end
  for index, value in pairs(cjson.decode(indexes)) do
    redis.call('SREM', base .. ':x:' .. index .. ':' .. value, member)
  end
  redis.call('DEL', row)
  redis.call('ZREM', base .. ':k:' .. kind, id)
  redis.call('ZREM', base .. ':e', member)
end
local function membersOf(index, value)
  local names = {}
  for _, member in ipairs(redis.call('SMEMBERS', base .. ':x:' .. index .. ':' .. value)) do
    local kind, id = string.match(member, '^([^:]*):(.*)$')
    names[#names + 1] = { kind, id }
  end
  return names
end
`;

export const GET = `${COMMON}
if not present(ARGV[2], ARGV[3]) then return {} end
return { read(ARGV[2], ARGV[3]) }`;

export const FIND_BY = `${COMMON}
local found = {}
for _, name in ipairs(membersOf(ARGV[2], ARGV[3])) do
  if present(name[1], name[2]) then found[#found + 1] = read(name[1], name[2]) end
end
return found`;

export const LIST = `${COMMON}
local found = {}
local after = ARGV[4] == '' and '-' or '(' .. ARGV[4]
local limit = tonumber(ARGV[3])
while #found < limit do
  local ids = redis.call('ZRANGEBYLEX', base .. ':k:' .. ARGV[2], after, '+', 'LIMIT', 0, limit)
  if #ids == 0 then break end
  for _, id in ipairs(ids) do
    if #found < limit and present(ARGV[2], id) then found[#found + 1] = read(ARGV[2], id) end
  end
  after = '(' .. ids[#ids]
end
return found`;

export const COUNT = `${COMMON}
local counts = {}
for _, kind in ipairs(redis.call('SMEMBERS', base .. ':kinds')) do
  counts[kind] = redis.call('ZCARD', base .. ':k:' .. kind)
end
for _, member in ipairs(redis.call('ZRANGEBYSCORE', base .. ':e', '-inf', now)) do
  local kind = string.match(member, '^([^:]*):')
  counts[kind] = counts[kind] - 1
end
local pairsOf = {}
for kind, count in pairs(counts) do
  if count > 0 then pairsOf[#pairsOf + 1] = { kind, count } end
end
return pairsOf`;

export const REMOVE_EXPIRED = `${COMMON}
local expired = redis.call('ZRANGEBYSCORE', base .. ':e', '-inf', now, 'LIMIT', 0, ARGV[2])
for _, member in ipairs(expired) do
  local kind, id = string.match(member, '^([^:]*):(.*)$')
  drop(kind, id)
end
return #expired`;

/** Redis does not roll scripts back, so every condition is checked before the first write. */
export const COMMIT = `${COMMON}
local changes = cjson.decode(ARGV[2])
for _, change in ipairs(changes) do
  local add, consume, swap = change.add, change.consume, change.swap
  if add and present(add.kind, add.id) then return 0 end
  if consume then
    if not present(consume.kind, consume.id) then return 0 end
    if redis.call('HGET', rowOf(consume.kind, consume.id), 'consumedAt') then return 0 end
  end
  if swap then
    if not present(swap.kind, swap.id) then return 0 end
    if redis.call('HGET', rowOf(swap.kind, swap.id), 'payload') ~= swap.from then return 0 end
  end
end
for _, change in ipairs(changes) do
  if change.remove then drop(change.remove.kind, change.remove.id) end
  if change.removeBy then
    for _, name in ipairs(membersOf(change.removeBy.index, change.removeBy.value)) do
      drop(name[1], name[2])
    end
  end
end
local function number(value) return string.format('%.0f', value) end
for _, change in ipairs(changes) do
  local record = change.put or change.add
  if record then
    drop(record.kind, record.id)
    local row = rowOf(record.kind, record.id)
    local member = record.kind .. ':' .. record.id
    redis.call('HSET', row, 'payload', record.payload, 'indexes', record.indexes,
      'createdAt', number(record.createdAt))
    if record.consumedAt then redis.call('HSET', row, 'consumedAt', number(record.consumedAt)) end
    if record.expiresAt then
      redis.call('HSET', row, 'expiresAt', number(record.expiresAt))
      redis.call('ZADD', base .. ':e', record.expiresAt, member)
    end
    redis.call('SADD', base .. ':kinds', record.kind)
    redis.call('ZADD', base .. ':k:' .. record.kind, 0, record.id)
    for index, value in pairs(cjson.decode(record.indexes)) do
      redis.call('SADD', base .. ':x:' .. index .. ':' .. value, member)
    end
  end
  if change.consume then
    redis.call('HSET', rowOf(change.consume.kind, change.consume.id),
      'consumedAt', number(change.consume.at))
  end
  if change.swap then
    redis.call('HSET', rowOf(change.swap.kind, change.swap.id), 'payload', change.swap.to)
  end
end
return 1`;
