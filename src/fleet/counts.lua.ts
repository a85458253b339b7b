/**
 * Counts events in windows, as src/detect/window.ts does: the same hits fill the same windows. One run is atomic; it may touch many keys,
 * which in a Cluster all have one slot.
 *
 * KEYS: of each counting, in this order, the marker of its network (if it lies in the same slot), its first window, its second (if any).
 * ARGV[1]: the countings, packed as COUNTING says (see packCountings in counts-call.ts).
 * Returns a list of {index of the counting, stage, time, id, value, proved, time, …}: windows that are full and now cleared; with stage 0
 * {index, 0, network, …}: nothing was done, since the window would be full and it is not known until when these networks are forgotten
 * (none named: the counting's own).
 *
 * A window is a string: HEADER, the hits' RECORDs in the order of their times, eight bytes of each id that counted and must not again, and
 * of each hit its id and value. Nothing is unpacked that is not looked at, so a long window costs little more than a short one.
 */
export const COUNT = `
local sub, find, pack, unpack, call = string.sub, string.find, struct.pack, struct.unpack, redis.call
local COUNTING = '>BBBBBBBBBBBI6I6c8I3I6I3I6HHH'
local HEADER, HEADER_SIZE = '>I6I6I6I3I3', 24
local RECORD, RECORD_SIZE = '>I6c8BHH', 19
local DIGEST_SIZE = 8
local SPENT_IDS = 16
local KEEP = 3
local NONE = {}

local stored = call('MGET', _G.unpack(KEYS))
local windows, changed = {}, {}

-- As it stands after what was counted before in this run. What is done to it is void until it is put back.
local function open(place, maxretry, findtime, distinct)
  local key = KEYS[place]
  local present, data = windows[key], stored[place]
  local newest, armed, spentUntil, n, records, spent, texts = 0, 0, 0, 0, '', '', ''
  if present then
    newest, armed, spentUntil, n = present.newest, present.armed, present.spentUntil, present.n
    records, spent, texts = present.records, present.spent, present.texts
  elseif data then
    local spentCount
    newest, armed, spentUntil, n, spentCount = unpack(HEADER, data)
    local recordsEnd = HEADER_SIZE + n * RECORD_SIZE
    local spentEnd = recordsEnd + spentCount * DIGEST_SIZE
    records, spent, texts = sub(data, HEADER_SIZE + 1, recordsEnd), sub(data, recordsEnd + 1, spentEnd), sub(data, spentEnd + 1)
  end
  return {
    key = key, maxretry = maxretry, findtime = findtime, distinct = distinct, capacity = maxretry * (distinct and 4 or 2),
    newest = newest, armed = armed, spentUntil = spentUntil, n = n, records = records, spent = spent, texts = texts
  }
end

local function put(w)
  if not windows[w.key] then changed[#changed + 1] = w.key end
  windows[w.key] = w
end

local function save(w)
  local header = pack(HEADER, w.newest, w.armed, w.spentUntil, w.n, #w.spent / DIGEST_SIZE)
  call('SET', w.key, header .. w.records .. w.spent .. w.texts, 'PX', KEEP * w.findtime)
end

local function record(w, i) return unpack(RECORD, w.records, (i - 1) * RECORD_SIZE + 1) end
local function time(w, i) return (unpack('>I6', w.records, (i - 1) * RECORD_SIZE + 1)) end

-- How many bytes of text the hits from one to another have.
local function textSize(w, from, to)
  local size = 0
  for i = from, to do
    local _, _, _, id, value = record(w, i)
    size = size + id + value
  end
  return size
end

-- Of each hit.
local function values(w)
  local list, at = {}, 1
  for i = 1, w.n do
    local _, _, _, id, value = record(w, i)
    list[i] = sub(w.texts, at + id, at + id + value - 1)
    at = at + id + value
  end
  return list
end

local function remove(w, from, to)
  if from > to then return end
  local before, size = textSize(w, 1, from - 1), textSize(w, from, to)
  w.texts = sub(w.texts, 1, before) .. sub(w.texts, before + size + 1)
  w.records = sub(w.records, 1, (from - 1) * RECORD_SIZE) .. sub(w.records, to * RECORD_SIZE + 1)
  w.n = w.n - (to - from + 1)
end

-- The ids of these hits, whose newest time is given, must not count again.
local function spend(w, digests, t)
  w.spentUntil = math.max(w.spentUntil, t)
  w.spent = sub(w.spent .. table.concat(digests), -math.max(SPENT_IDS, w.capacity) * DIGEST_SIZE)
end

local function isSpent(w, digest)
  local at = find(w.spent, digest, 1, true)
  while at and (at - 1) % DIGEST_SIZE ~= 0 do at = find(w.spent, digest, at + 1, true) end
  return at ~= nil
end

local function dropUntil(w, untilMs)
  local last = 0
  while last < w.n and time(w, last + 1) <= untilMs do last = last + 1 end
  remove(w, 1, last)
end

local function dropForgotten(w, untilOf)
  local list = values(w)
  for i = w.n, 1, -1 do
    if time(w, i) <= (untilOf[list[i]] or -1) then remove(w, i, i) end
  end
end

-- Where the hit now stands; nil when it is too late or known.
local function insert(w, hit, value)
  local horizon = 2 * w.findtime
  if hit.time < w.newest - horizon or (hit.time <= w.spentUntil and isSpent(w, hit.digest)) then return nil end
  local place, text, i = w.n, #w.texts, w.n
  while i > 0 do
    local t, digest, _, idSize, valueSize = record(w, i)
    if t < hit.time then break end
    if digest == hit.digest then return nil end
    if t > hit.time then place, text = i - 1, text - idSize - valueSize end
    i = i - 1
  end
  if hit.time > w.newest then
    w.newest = hit.time
    local old = 0
    while old < w.n and time(w, old + 1) < hit.time - horizon do old = old + 1 end
    remove(w, 1, old)
    place, text = w.n, #w.texts
  end
  local packed = pack(RECORD, hit.time, hit.digest, hit.proved, #hit.id, #value)
  if place == w.n then
    w.records, w.texts = w.records .. packed, w.texts .. hit.id .. value
  else
    w.records = sub(w.records, 1, place * RECORD_SIZE) .. packed .. sub(w.records, place * RECORD_SIZE + 1)
    w.texts = sub(w.texts, 1, text) .. hit.id .. value .. sub(w.texts, text + 1)
  end
  w.n = w.n + 1
  return place + 1
end

local function different(list, from, to)
  local seen, count = {}, 0
  for i = from, to do
    local value = list[i]
    if not seen[value] then seen[value], count = true, count + 1 end
  end
  return count
end

-- First and last of the latest full window that holds the hit at this place.
local function full(w, place)
  local t, first, list = time(w, place), place, nil
  for last = w.n, place, -1 do
    local from = time(w, last) - w.findtime
    local needed = last - w.maxretry + 1
    if from <= t and needed >= 1 and time(w, needed) >= from then
      while first > 1 and time(w, first - 1) >= from do first = first - 1 end
      if not w.distinct then return first, last end
      list = list or values(w)
      if different(list, first, last) >= w.maxretry then return first, last end
    end
  end
end

-- Of three hits of one value within findtime the middle one is not needed.
local function thin(w, value)
  local same, needless = {}, {}
  for i, other in ipairs(values(w)) do
    if other == value then same[#same + 1] = i end
  end
  local before = same[1]
  for i = 2, #same - 1 do
    if time(w, same[i + 1]) - time(w, before) <= w.findtime then needless[#needless + 1] = same[i] else before = same[i] end
  end
  if #needless == 0 then return end
  local digests = {}
  for k, i in ipairs(needless) do
    local _, digest = record(w, i)
    digests[k] = digest
  end
  spend(w, digests, time(w, needless[#needless]))
  for k = #needless, 1, -1 do remove(w, needless[k], needless[k]) end
end

local function settle(w, value)
  if w.distinct and w.n > 2 then thin(w, value) end
  if w.n > w.capacity then remove(w, 1, 1) end
end

-- What is in these hits, and from now on no longer in the window.
local function take(w, first, last, index, stage)
  local result, at, n, digests = { index, stage }, textSize(w, 1, first - 1) + 1, 2, {}
  for i = first, last do
    local t, digest, proved, id, value = record(w, i)
    result[n + 1], result[n + 2] = t, sub(w.texts, at, at + id - 1)
    result[n + 3], result[n + 4] = sub(w.texts, at + id, at + id + value - 1), proved
    n, at = n + 4, at + id + value
    digests[#digests + 1] = digest
  end
  spend(w, digests, time(w, last))
  remove(w, first, last)
  return result
end

-- Of the hits' values those that it is not known of until when they are forgotten.
local function unknown(w, first, last, untilOf, index)
  local asked, result, list = {}, { index, 0 }, values(w)
  for i = first, last do
    local value = list[i]
    if not untilOf[value] and not asked[value] then
      asked[value] = true
      result[#result + 1] = value
    end
  end
  return #result > 2 and result or nil
end

local data, at, key = ARGV[1], 1, 0
local function nextKey()
  key = key + 1
  return key
end

local function count(index)
  local enters, mayFire, hasSecond, secondMayFire, alone, proved, distinct, hasMarker, forgets, secondForgets, ownKnown,
    t, own, digest, maxretry, findtime, secondMaxretry, secondFindtime, idSize, valueSize, known
  enters, mayFire, hasSecond, secondMayFire, alone, proved, distinct, hasMarker, forgets, secondForgets, ownKnown,
    t, own, digest, maxretry, findtime, secondMaxretry, secondFindtime, idSize, valueSize, known, at = unpack(COUNTING, data, at)
  local hit = { time = t, digest = digest, proved = proved, id = sub(data, at, at + idSize - 1) }
  local value = sub(data, at + idSize, at + idSize + valueSize - 1)
  at = at + idSize + valueSize
  local untilOf = known > 0 and {} or NONE
  for _ = 1, known do
    local size, untilMs
    size, untilMs, at = unpack('>HI6', data, at)
    untilOf[sub(data, at, at + size - 1)] = untilMs
    at = at + size
  end
  if hasMarker == 1 then own, ownKnown = tonumber(stored[nextKey()] or 0), 1 end
  local firstKey, secondKey = nextKey(), hasSecond == 1 and nextKey()
  if ownKnown == 1 and t <= own then return end

  local first, firstPlace, firstResult = open(firstKey, maxretry, findtime, distinct == 1), nil, nil
  if enters == 1 then
    if forgets == 1 and own > 0 then dropUntil(first, own) end
    if forgets == 2 and known > 0 then dropForgotten(first, untilOf) end
    firstPlace = insert(first, hit, value)
  end
  if firstPlace then
    local from, to
    if mayFire == 1 then from, to = full(first, firstPlace) end
    if from then
      if forgets == 1 and ownKnown == 0 then return { index, 0 } end
      local asks = forgets == 2 and unknown(first, from, to, untilOf, index)
      if asks then return asks end
      if secondKey then first.armed = math.max(first.armed, time(first, to) + findtime) end
      firstResult = take(first, from, to, index, 1)
    else
      settle(first, value)
    end
  end

  local secondResult
  if secondKey then
    local second = open(secondKey, secondMaxretry, secondFindtime, false)
    if secondForgets == 1 and own > 0 then dropUntil(second, own) end
    local place = insert(second, hit, '')
    if place then
      local from, to
      if secondMayFire == 1 and t <= first.armed then
        if alone == 1 then from, to = place, place else from, to = full(second, place) end
      end
      if from then
        if secondForgets == 1 and ownKnown == 0 then return { index, 0 } end
        secondResult = take(second, from, to, index, 2)
      else
        settle(second, '')
      end
      put(second)
    end
  end
  if firstPlace then put(first) end
  return firstResult, secondResult
end

local results, index = {}, 0
while at <= #data do
  local first, second = count(index)
  results[#results + 1] = first
  results[#results + 1] = second
  index = index + 1
end
for _, key in ipairs(changed) do save(windows[key]) end
return results
`
