-- What wrk sends. Arguments: the token ("" for none), "get" or "disconnect", the first partner's number, the number
-- after the last's. GETs go round and round; each disconnect is of a partner that had none before.
local PATH = "/v1.0/deviceManagement/remoteAssistancePartners/00000000-0000-7000-8000-%012x"
local headers, kind, first, last, sent = {}, "", 0, 0, 0

function init(args)
  if args[1] ~= "" then headers["Authorization"] = "Bearer " .. args[1] end
  kind, first, last = args[2], tonumber(args[3]), tonumber(args[4])
end

function request()
  sent = sent + 1
  if kind == "get" then
    return wrk.format("GET", string.format(PATH, first + sent * 7919 % (last - first)), headers)
  end
  if first + sent >= last then wrk.thread:stop() end
  return wrk.format("POST", string.format(PATH .. "/disconnect", first + sent - 1), headers)
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format('{"requests":%d,"microseconds":%d,"p50":%f,"p99":%f,"errors":%d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
