"""What in an nginx configuration would open the gate, or shut it for everybody.

The recipe is examples/nginx; here stands why each line of it is there. An error is
what lets somebody past the gate or keeps learners out; a warning is what learners
or the platform would notice. `file` reads a configuration, `check` goes through its
servers, `question` judges how the gate is asked, `platform` what is told and kept, `lessons` what
goes past it on its `trips`; and `before` what stands before a gate that is not asked.
"""

from sence_gate.nginx.check import check_nginx

__all__ = ["check_nginx"]
