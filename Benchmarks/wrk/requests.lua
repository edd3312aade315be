-- Cycles through prepared request targets. Arguments: FILE METHOD BODY_BYTES PAUSE_MS
-- FILE holds one request target a line; each thread begins at its own place in it. A connection waits PAUSE_MS before each request.
local threads = 0

function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

function init(args)
  local method = args[2]
  local size = tonumber(args[3])
  local body = size > 0 and string.rep("r", size) or nil
  requests = {}
  for target in io.lines(args[1]) do
    requests[#requests + 1] = wrk.format(method, target, nil, body)
  end
  position = math.floor(number * #requests / 2)
  pause = tonumber(args[4])
end

function delay()
  return pause
end

function request()
  position = position % #requests + 1
  return requests[position]
end

function done(summary, latency, _)
  local failed = summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
  io.write(string.format("RESULT %d %d %d %d %d\n", summary.requests, summary.duration, failed,
    latency:percentile(50), latency:percentile(99)))
end
