"""Start the web server, which serves the pages on localhost:8007.

`python server.py` opens the run that was trained last, or prepares a new one, and waits
for a browser. gan/commands/serve.py holds the program, and gan/web/app.py the
application.
"""

if __name__ == "__main__":
    # Not in a child process, which imports this file under another name.
    from gan.commands.serve import main

    raise SystemExit(main())
