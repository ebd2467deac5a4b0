-- What wrk sends where there are many tenants. Arguments: "get", "get once", "list", "events" or "disconnect"; a file with a
-- token and a partner's id on each line. Each request is another tenant's than the one before; a disconnect, and what is asked
-- for once, is sent for each line once.
dofile(debug.getinfo(1, "S").source:match("^@(.*/)") .. "done.lua")

local PARTNERS = "/v1.0/deviceManagement/remoteAssistancePartners"
local EVENTS = "/v1.0/deviceManagement/auditEvents?$top=50&$orderby=activityDateTime%20desc"
local kind, lines, next_line = "", {}, 0

function init(args)
  kind = args[1]
  for line in io.lines(args[2]) do
    local token, partner = line:match("^(%S+) (%S+)$")
    lines[#lines + 1] = { headers = { Authorization = "Bearer " .. token }, partner = partner }
  end
end

function request()
  if (kind == "disconnect" or kind == "get once") and next_line >= #lines then wrk.thread:stop() end
  local line = lines[next_line % #lines + 1]
  next_line = next_line + 1
  if kind == "get" or kind == "get once" then return wrk.format("GET", PARTNERS .. "/" .. line.partner, line.headers) end
  if kind == "list" then return wrk.format("GET", PARTNERS, line.headers) end
  if kind == "events" then return wrk.format("GET", EVENTS, line.headers) end
  return wrk.format("POST", PARTNERS .. "/" .. line.partner .. "/disconnect", line.headers)
end
