"""What the end-to-end tests, the storm, the endurance runs and the benchmarks share. It imports no test.

Found by Python through PYTHONPATH, which names Tests/support and deploy/demo (whose modules `streams` and `farm` are used
here): the Makefile and Tests/run.py set it, Tests/pytest.ini says the same to pytest, and `paths.environment()` hands it to
programs that a test starts.
"""
