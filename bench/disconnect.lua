-- Disconnects ever new partners. Arguments: the token, the first partner's number, the number after the last's.
local last, n, headers = 0, 0, {}

function init(args)
  headers["Authorization"] = "Bearer " .. args[1]
  n = tonumber(args[2])
  last = tonumber(args[3])
end

function request()
  local id = n
  if n < last then n = n + 1 else wrk.thread:stop() end
  return wrk.format("POST", string.format("/v1.0/deviceManagement/remoteAssistancePartners/00000000-0000-7000-8000-%012x/disconnect", id), headers)
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format('{"requests":%d,"microseconds":%d,"p50":%f,"p99":%f,"errors":%d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
