-- Logs registrations for sipguard; hooked to sofia::register and sofia::unregister in lua.conf.xml (see freeswitch.xml).
-- The address stands first in the line and the caller's free text, the User-Agent, last: so no caller can write an address.

local function header(name)
  return event:getHeader(name) or ""
end

-- A control character could begin a line of its own.
local function text(value)
  return (value:gsub("%c", "_"))
end

-- A space would begin the next field.
local function word(value)
  return (value:gsub("[%c%s]", "_"))
end

-- The status is Registered(UDP), Registered(TLS-NAT) and so on.
local function transport()
  return header("status"):lower():match("^registered%((%a+)") or "unknown"
end

local subclass = header("Event-Subclass")
local ip, port = header("network-ip"), header("network-port")
local contact = header("contact")
local who = string.format("user=%s domain=%s contact=%s ua=%s",
  word(header("from-user")), word(header("from-host")), word(contact:match("<([^>]*)>") or contact), text(header("user-agent")))

local from = ""
if ip ~= "" and port ~= "" then
  if ip:find(":", 1, true) and ip:sub(1, 1) ~= "[" then ip = "[" .. ip .. "]" end
  from = string.format("ip=%s:%s proto=%s ", word(ip), word(port), transport())
end

if subclass == "sofia::register" and from ~= "" then
  freeswitch.consoleLog("notice", "Registered: " .. from .. "expires=" .. word(header("expires")) .. " " .. who .. "\n")
elseif subclass == "sofia::unregister" then
  -- This event need not tell an address.
  freeswitch.consoleLog("notice", "Unregistered: " .. from .. who .. "\n")
end
