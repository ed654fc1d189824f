"""
The scripts that run inside Redis, where nothing else runs at the same time.

Keys of an API key, in one hash slot:

- `state`: a hash with `version`, `mode`, `last` (the last nonce, as decimal text) and `server` (its `run_id`).
- `owner`: the token of the lease's owner; expires with the lease.
- `following`: the token of the waiter that is next; expires when that waiter stops polling.
- `rate:…`: the time at which the whole burst of a rate limit is available again, in microseconds; one per limit, and
  expires then (`_rate_limit`).

Time is the Redis server's own (`TIME`), so that the clocks of the machines do not matter.

Lost writes. A server that was restarted, or a replica that was promoted, may have lost the last writes, or all of
them. It is recognized by its `run_id`, which is another one than in `state`, or by the missing `state`. Then the next
nonce is `GAP_US` above the clock and above `last`. Earlier nonces were at most the earlier server's clock plus such
a gap, so the new ones are higher as long as the clocks of the servers differ by less.
"""

__all__ = ["DRAW", "GAP_US", "RELEASE", "VERSION"]

VERSION = 1
GAP_US = 60_000_000

# Nonces may be longer than the 53 bits that a Lua number keeps, so they are compared and counted up as decimal text.
DRAW = (
    """
local state, owner_key, following_key, rate_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local token, predecessor, ordered, mode = ARGV[1], ARGV[2], ARGV[3] == '1', ARGV[4]
local lowest, seen, lease_ms, following_ms = ARGV[5], ARGV[6], ARGV[7], ARGV[8]
local interval_us, saved_us = tonumber(ARGV[9]), tonumber(ARGV[10])

local function above(a, b)
    if #a ~= #b then return #a > #b end
    return a > b
end

local function highest(a, b)
    if above(a, b) then return a end
    return b
end

local function plus(text, number)
    local high, low = string.sub(text, 1, -16), string.sub(text, -15)
    local sum = string.format('%.0f', tonumber(low) + number)
    if high == '' then return sum end
    if #sum > 15 then return plus(high, 1) .. string.sub(sum, -15) end
    return high .. string.rep('0', 15 - #sum) .. sum
end

if ordered then
    local owner = redis.call('GET', owner_key)
    local following = redis.call('GET', following_key)
    local free = not owner or owner == token or owner == predecessor
    if not free or (following and following ~= token) then
        if following and following ~= token then return {'busy', 'waiting'} end
        redis.call('SET', following_key, token, 'PX', following_ms)
        return {'busy', 'following'}
    end
end

local known = redis.call('HMGET', state, 'version', 'mode', 'last', 'server')
if known[1] and known[1] ~= '"""
    + str(VERSION)
    + """' then return {'version', known[1]} end
if known[2] and known[2] ~= mode then return {'mode', known[2]} end

local time = redis.call('TIME')
local now = time[1] .. string.format('%06d', tonumber(time[2]))

if interval_us > 0 then
    local now_us = tonumber(now)
    local full_us = math.max(tonumber(redis.call('GET', rate_key) or '0'), now_us)
    full_us = math.min(full_us, now_us + saved_us + interval_us)
    local wait_us = full_us - saved_us - now_us
    if wait_us > 0 then return {'limited', string.format('%.0f', wait_us)} end
    full_us = full_us + interval_us
    redis.call('SET', rate_key, string.format('%.0f', full_us), 'PX', math.ceil((full_us - now_us) / 1000))
end

local server = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
local last = highest(known[3] or '0', seen)
local nonce
if mode == 'time-based' then
    local ahead = tonumber(last) - tonumber(now)
    if ahead >= 0 and ahead <= 30000000 then nonce = plus(last, 1) else nonce = now end
else
    nonce = highest(highest(now, lowest), plus(last, 1))
    if server ~= known[4] then nonce = plus(nonce, """
    + str(GAP_US)
    + """) end
end

redis.call('HSET', state, 'version', '"""
    + str(VERSION)
    + """', 'mode', mode, 'last', nonce, 'server', server)
if ordered then
    redis.call('SET', owner_key, token, 'PX', lease_ms)
    redis.call('DEL', following_key)
end
return {'drawn', nonce}
"""
)

RELEASE = """
for _, key in ipairs(KEYS) do
    if redis.call('GET', key) == ARGV[1] then redis.call('DEL', key) end
end
"""
