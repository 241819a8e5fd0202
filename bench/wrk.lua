-- Sends prepared requests as they are, in turn, over and over: wrk -s wrk.lua URL -- FILE
-- FILE: how many there are, then each one's length in bytes, a line end, and the request.
local requests, at = {}, 0

function init(args)
  local file = assert(io.open(args[1], 'rb'))
  local count = file:read('*n')
  for i = 1, count do
    local length = file:read('*n')
    file:read(1)
    requests[i] = file:read(length)
  end
  file:close()
end

function request()
  at = at % #requests + 1
  return requests[at]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '{"requests":%d,"us":%d,"p50Us":%d,"p99Us":%d,"refused":%d,"broken":%d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), errors.status,
    errors.connect + errors.read + errors.write + errors.timeout))
end
