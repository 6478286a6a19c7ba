"""Who is visiting: the sources of the RUN.

A source looks at a request and answers a `Rut`, or a `Standing`: NOBODY, when
nobody is logged in at the platform, so that the platform can show its own login;
UNKNOWN, when the learner is asked and SENCE checks RUN against key; EXEMPT or
IMPERSONATED, for whom SENCE is no business. An identity that is claimed and is not
a RUN is an error, never NOBODY: it would let the visitor pass.

::

    sources      a variable, a header, a function of the platform
    whoami       the platform itself is asked
    claims       what a source says, before it is judged
    exemptions   who passes without SENCE

Django's and Flask's own sessions are read in `sence_gate.contrib`; `gate.visitors`
puts the source of a configuration together.
"""

from sence_gate.learners.claims import NO_LEARNERS, Claim, Identity, Reader, Source, Standing, judged, run_of

__all__ = ["NO_LEARNERS", "Claim", "Identity", "Reader", "Source", "Standing", "judged", "run_of"]
