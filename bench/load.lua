-- What wrk sends. Arguments: "get", "batch", "disconnect" or "audit"; the token ("" for none); the first partner's number
-- and the number after the last's, or for "audit" the first and last second that events are from. GETs go round and round, in a
-- batch twenty at once; each disconnect is of a partner that had none before.
dofile(debug.getinfo(1, "S").source:match("^@(.*/)") .. "done.lua")

local PARTNER = "/deviceManagement/remoteAssistancePartners/00000000-0000-7000-8000-%012x"
local PATH = "/v1.0" .. PARTNER
local ITEM = '{"id":"%d","method":"GET","url":"' .. PARTNER .. '"}'
local AUDIT = "/v1.0/deviceManagement/auditEvents?$filter=activityOperationType%%20eq%%20'Action'%%20and%%20"
  .. "activityDateTime%%20lt%%20%s&$orderby=activityDateTime%%20desc&$top=50"
local headers, kind, first, last, sent = {}, "", 0, 0, 0

function init(args)
  if args[2] ~= "" then headers["Authorization"] = "Bearer " .. args[2] end
  headers["Content-Type"] = "application/json"
  kind, first, last = args[1], tonumber(args[3]), tonumber(args[4])
end

function request()
  sent = sent + 1
  if kind == "get" then
    return wrk.format("GET", string.format(PATH, first + sent * 7919 % (last - first)), headers)
  end
  if kind == "batch" then
    local items = {}
    for n = 1, 20 do
      items[n] = string.format(ITEM, n, first + (sent * 20 + n) * 7919 % (last - first))
    end
    return wrk.format("POST", "/v1.0/$batch", headers, '{"requests":[' .. table.concat(items, ",") .. "]}")
  end
  if kind == "audit" then
    local at = os.date("!%Y-%m-%dT%H:%M:%SZ", first + sent * 7919 * 61 % (last - first))
    return wrk.format("GET", string.format(AUDIT, at), headers)
  end
  if first + sent >= last then wrk.thread:stop() end
  return wrk.format("POST", string.format(PATH .. "/disconnect", first + sent - 1), headers)
end
