/**
 * Scripts of stored-map.ts. A script touches one slot: all its keys carry the same hash tag. Values begin with a number, their rank.
 * Lua's own `<` on strings follows the server's locale, so equal ranks are compared byte by byte.
 */

const NEWER = `
local function rank(value) return tonumber(string.match(value, '^%S+')) end
local function newer(a, b)
  local ra, rb = rank(a), b and rank(b)
  if not rb then return true end
  if ra ~= rb then return ra > rb end
  for i = 1, math.min(#a, #b) do
    local x, y = string.byte(a, i), string.byte(b, i)
    if x ~= y then return x > y end
  end
  return #a > #b
end
`

/** The field that names a map's life: another one after its Redis lost it. */
export const EPOCH_FIELD = '#epoch'

/**
 * Writes what is newer than what is there and tells the stream of it.
 * KEYS: map, stream. ARGV: node, most stream entries, epoch of a new map, then field, field it must be newer than (or ''), value …
 * Returns the map's epoch.
 */
export const WRITE = `${NEWER}
local map, stream = KEYS[1], KEYS[2]
local epoch = redis.call('HGET', map, '${EPOCH_FIELD}')
if not epoch then
  epoch = ARGV[3]
  redis.call('HSET', map, '${EPOCH_FIELD}', epoch)
end
for i = 4, #ARGV, 3 do
  local field, above, value = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  if newer(value, redis.call('HGET', map, field)) and (above == '' or newer(value, redis.call('HGET', map, above))) then
    redis.call('HSET', map, field, value)
    redis.call('XADD', stream, 'MAXLEN', '~', ARGV[2], '*', 'field', field, 'value', value, 'node', ARGV[1], 'epoch', epoch)
  end
end
return epoch
`

/** Removes fields that still hold the value that was found to be over. KEYS: map. ARGV: field, value … */
export const REMOVE = `
for i = 1, #ARGV, 2 do
  if redis.call('HGET', KEYS[1], ARGV[i]) == ARGV[i + 1] then redis.call('HDEL', KEYS[1], ARGV[i]) end
end
return 0
`
