# expects: CLS000
import os
print "images:", len(os.listdir("d"))
