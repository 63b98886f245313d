-- Holds servers as haproxy-steward wants them, before HAProxy's first request.
--
--   global
--     setenv STEWARD_HOLD_FILE /run/haproxy-steward/lb1.hold
--     lua-load /usr/share/haproxy-steward/steward-hold.lua
--
-- Reads the file that haproxy-steward keeps and tells HAProxy what is in it. HAProxies that give
-- scripts arguments (2.6 does not) take the file's path behind the script's as well. What is wrong
-- with the file, or its absence, keeps HAProxy neither from starting nor from being reloaded.
--
-- A line is "EXPIRES BACKEND SERVER WORD...", EXPIRES in seconds of unix time: later than that the
-- line is not applied. Words: drain, maint, weight=50%, weight=20, stopping, down, agent-off.

local VERSION = "haproxy-steward hold 1"
local LONGEST = 4096
local ABSENT = 2 -- ENOENT

local argument = ...
local path = argument or os.getenv("STEWARD_HOLD_FILE")

-- What each word does to a server; false: the server was left as it is.
local apply = {}

-- Leaves servers in maintenance alone: a drain would take them out of it.
apply["drain"] = function(server)
  if server:get_stats().status:find("^MAINT") then return false end
  server:set_drain()
end

apply["maint"] = function(server)
  server:set_maint()
end

apply["stopping"] = function(server)
  server:check_disable()
  server:check_force_nolb()
end

apply["down"] = function(server)
  server:check_disable()
  server:check_force_down()
end

apply["agent-off"] = function(server)
  server:agent_disable()
end

-- HAProxy makes 50% of 1 into 0, which would take the server out.
apply["weight"] = function(server, weight)
  if weight == "" or server:set_weight(weight) then return false end
  local percent = weight:match("^(%d+)%%$")
  if percent and tonumber(percent) > 0 and server:get_weight() == 0 then server:set_weight("1") end
end

-- Tells the server one word; true if HAProxy took it.
local function tell(server, word)
  local name, value = word:match("^([%l-]+)=?([%d%%]*)$")
  local act = name and apply[name]
  if not act then return false end
  local well, taken = pcall(act, server, value)
  return well and taken ~= false
end

local function server_of(backend, name)
  local proxy = core.backends[backend]
  return proxy and proxy.servers[name]
end

-- Applies a line; true if HAProxy took anything of it.
local function apply_line(line, now)
  local expires, backend, name, words = line:match("^(%d+) (%S+) (%S+) (.+)$")
  if not expires or #line > LONGEST or tonumber(expires) <= now then return false end
  local server = server_of(backend, name)
  local held = false
  for word in words:gmatch("%S+") do
    held = server ~= nil and tell(server, word) or held
  end
  return held
end

local function apply_file(file)
  if file:read("l") ~= VERSION then
    core.Warning(path .. ": this is no file of '" .. VERSION .. "'; nothing is held")
    return
  end
  local now, count = os.time(), 0
  for line in file:lines() do
    if apply_line(line, now) then count = count + 1 end
  end
  if count > 0 then core.Info(path .. ": servers held: " .. count) end
end

core.register_init(function()
  if not path then
    core.Warning("steward-hold.lua: no file is named; set STEWARD_HOLD_FILE; nothing is held")
    return
  end
  local file, problem, code = io.open(path, "r")
  if not file then
    if code ~= ABSENT then core.Warning("steward-hold.lua: " .. problem .. "; nothing is held") end
    return
  end
  local well, why = pcall(apply_file, file)
  file:close()
  if not well then core.Warning(path .. ": " .. tostring(why)) end
end)
