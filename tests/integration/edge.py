"""One HAProxy that has a bit of everything, with its servers, clients and hand-made changes."""

import contextlib
import http.client

from harness import free_port, http_get, wait_until
from parts import (Agent, SilentResolver, WebServer, aborted, certificate, garbage, requests,
                   tls_requests)
from programs import HAProxy

GLOBAL = """\
  nbthread 2
  node edge-1
  description 'the "first" edge'
  localpeer edge-1
"""

CONFIG = """
cache small
  total-max-size 4
  max-age 60
peers mypeers
  peer edge-1 127.0.0.1:{peer}
  peer edge-2 127.0.0.1:{nobody}
resolvers dns
  nameserver ns1 127.0.0.1:{resolver}
  nameserver ns2 127.0.0.1:{resolver}
  hold valid 10s
defaults
  mode http
  timeout connect 2s
  timeout client 30s
  timeout server 30s
  retries 1
  option redispatch
frontend www
  description 'fe "quoted" desc'
  bind 127.0.0.1:{www} name plain maxconn 500
  bind 127.0.0.1:{second} name second
  bind 127.0.0.1:{tls} name tls ssl crt {pem} alpn h2,http/1.1
  option socket-stats
  rate-limit sessions 900
  stick-table type ip size 1k expire 5m store gpc0,conn_cur,http_req_rate(10s) peers mypeers
  http-request track-sc0 src
  http-request deny if {{ path /denied }}
  http-request return status 200 content-type text/plain string here if {{ path /here }}
  use_backend api if {{ path_beg /api }}
  use_backend nobody if {{ path_beg /nobody }}
  default_backend web
frontend quiet
  bind 127.0.0.1:{quiet}
  maxconn 33
  default_backend web
frontend halted
  bind 127.0.0.1:{halted}
  default_backend web
frontend db-in
  mode tcp
  bind 127.0.0.1:{db}
  tcp-request connection reject if {{ src 127.0.0.9 }}
  default_backend db
frontend prom
  bind 127.0.0.1:{prom}
  http-request use-service prometheus-exporter if {{ path /metrics }}
listen both
  bind 127.0.0.1:{both}
  description plain words
  server tls1 127.0.0.1:{tls} ssl verify none
  server srv:2.a-b_c 127.0.0.1:{web1}
backend web
  balance roundrobin
  option httpchk GET /
  cookie SRV insert indirect nocache
  compression algo gzip
  compression type text/plain
  http-response set-header Content-Type text/plain
  http-request cache-use small if {{ path /cached }}
  http-response cache-store small
  fullconn 300
  server web1 127.0.0.1:{web1} check inter 500 weight 100 cookie w1 maxconn 50 minconn 5 maxqueue 20
  server web2 127.0.0.1:{web2} check inter 500 weight 100 cookie w2
  server slow 127.0.0.1:{web2} check inter 500 weight 100 slowstart 1h
  server spare 127.0.0.1:{web2} check inter 500 weight 50 backup
  server dead 127.0.0.1:{nobody} check inter 300 fall 2 rise 4
  server nocheck 127.0.0.1:{web1} weight 10
  server drained 127.0.0.1:{web1} check inter 500 weight 30
  server maint 127.0.0.1:{web1} check inter 500 weight 30
  server zero 127.0.0.1:{web1} check inter 500 weight 0
backend api
  balance leastconn
  option httpchk GET /missing
  http-check expect status 404
  server api1 127.0.0.1:{web1} check inter 400
  server api2 127.0.0.1:{web2} track web/web2
  server api3 127.0.0.1:{web2} disabled
  server agent1 127.0.0.1:{web1} agent-check agent-port {agent} agent-inter 300 weight 50
  server agent2 127.0.0.1:{web1} check agent-check agent-port {agent_up} agent-inter 300 weight 50
backend db
  mode tcp
  balance source
  hash-type consistent
  stick-table type string len 32 size 10k expire 30m
  server db1 127.0.0.1:{web1} check inter 500
  server db2 127.0.0.1:{web2} check backup inter 500
  server-template tmpl 1-2 db.example.org:5432 check init-addr none resolvers dns
backend off
  disabled
  server off1 127.0.0.1:{nobody}
backend nobody
"""

CHANGES = (
    "set server web/drained state drain",
    "set server web/maint state maint",
    "set server web/web1 weight 37",
    "set server web/slow state maint",
    "set server web/slow state ready",
    "disable health db/db2",
    "disable frontend halted",
)

PORTS = ("peer", "nobody", "www", "second", "tls", "quiet", "halted", "db", "prom", "both")


class Edge(contextlib.AbstractContextManager):
    """Started, settled and warm: every health check has spoken, every kind of client was there."""

    def __init__(self, home, version):
        self.home = home
        self.version = version
        self.ports = {name: free_port() for name in PORTS}

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            self._servers(stack)
            self.haproxy = stack.enter_context(HAProxy(
                self.home, CONFIG.format(**self.ports), self.version,
                name=f"edge-{self.version}", extra_global=GLOBAL))
            self.socket = self.haproxy.socket
            self._settle()
            self._traffic()
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_):
        self._stack.close()

    def promex(self, query=""):
        """The page of HAProxy's own exporter."""
        return http_get(self.ports["prom"], "/metrics" + query)

    def _servers(self, stack):
        parts = {"web1": WebServer(), "web2": WebServer(), "agent": Agent("75%\n"),
                 "agent_up": Agent("up 80%\n"), "resolver": SilentResolver()}
        self.ports |= {name: stack.enter_context(part).port for name, part in parts.items()}
        self.ports["pem"] = certificate(self.home, f"edge-{self.version}")

    def _settle(self):
        wait_until("the first health checks", self._checked)
        for line in CHANGES:
            answer = self.haproxy.command(line)
            if answer.strip():
                raise AssertionError(f"{line}: {answer}")

    def _checked(self):
        rows = self.haproxy.rows()
        checked = [row for (proxy, name), row in rows.items()
                   if proxy in ("web", "api", "db") and row["check_status"]
                   and not name.startswith("tmpl")]
        return (all(row["check_status"].lstrip("* ") not in ("INI", "UNK") for row in checked)
                and rows["web", "dead"]["status"] == "DOWN"
                and rows["api", "agent1"]["agent_status"].lstrip("* ") == "CHECKED"
                and rows["api", "agent2"]["agent_status"].lstrip("* ") == "L7OK")

    def _traffic(self):
        www = self.ports["www"]
        requests(www, 12, "/", 200)
        requests(www, 3, "/missing", 404)
        requests(www, 3, "/broken", 500)
        requests(www, 2, "/denied", 403)
        requests(www, 2, "/here", 200)
        requests(www, 4, "/cached", 200)
        requests(www, 2, "/nobody", 503)
        requests(www, 4, "/api", 200)
        requests(self.ports["second"], 2, "/moved", 302)
        requests(self.ports["quiet"], 1, "/", 200)
        requests(self.ports["both"], 4, "/", 200)
        requests(self.ports["db"], 2, "/", 200)
        http_get(www, "/", {"Accept-Encoding": "gzip"})
        tls_requests(self.ports["tls"], 3)
        garbage(www)
        aborted(www)
        with contextlib.suppress(OSError, http.client.HTTPException):
            http_get(self.ports["tls"], "/")  # plain HTTP to a TLS listener: a failed handshake
