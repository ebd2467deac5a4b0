-- GETs one partner after another. Arguments: the token ("" for none), how many partners there are.
local count, n, headers = 0, 0, {}

function init(args)
  if args[1] ~= "" then headers["Authorization"] = "Bearer " .. args[1] end
  count = tonumber(args[2])
end

function request()
  n = (n + 7919) % count
  return wrk.format("GET", string.format("/v1.0/deviceManagement/remoteAssistancePartners/00000000-0000-7000-8000-%012x", n), headers)
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format('{"requests":%d,"microseconds":%d,"p50":%f,"p99":%f,"errors":%d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
