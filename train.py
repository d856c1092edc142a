"""Train GANs from the command line.

The default is ten GANs, one per digit, several at once in separate processes.

    python train.py                                # train ten GANs on MNIST
    python train.py --digits 3 --iterations 300    # train one digit, briefly
    python train.py --digits any                   # train one GAN for all digits
    python train.py --data letters                 # own images: docs/own-images.md
    python train.py --resume                       # resume all seeds after Ctrl-C
    python train.py --resume --iterations 9000     # extend the runs
    python train.py --seeds 0 1 2 --cluster tcp://host:8786    # use a Dask cluster

A run is stored in a folder such as runs/digit-3 (see gan/runs/run.py), or
runs/seed-0/digit-3 if --seeds is given. gan/commands/train.py holds the program, and
gan/rules/run_config.py explains the settings.
"""

if __name__ == "__main__":
    # Not in a child process, which imports this file under another name.
    from gan.commands.train import main

    raise SystemExit(main())
