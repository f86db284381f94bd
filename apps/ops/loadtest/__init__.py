"""The load test: a database, a data set and servers of its own on one CPU, wrk on another (`deploy/loadtest`).

Django is not loaded here: what is measured runs in processes of its own, as in service.
"""
