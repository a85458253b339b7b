"""Runs a tool of sipvicious as those do who attack in earnest: without the User-Agent that gives it away.

ordinary-agent.py svcrack|svwar|svmap ARGUMENT...
"""
import importlib
import os
import shutil
import sys

tool = sys.argv.pop(1)
sys.path.insert(0, os.path.dirname(os.path.realpath(shutil.which(tool))))
request = importlib.import_module('sipvicious.libs.svhelper').makeRequest
changed = tuple('Z 5.6.4 v2.10.20.1' if value == 'friendly-scanner' else value for value in request.__defaults__)
if changed == request.__defaults__:
    sys.exit('sipvicious has another User-Agent than it had: this lab does not know where to change it')
request.__defaults__ = changed
importlib.import_module(f'sipvicious.{tool}').main()
