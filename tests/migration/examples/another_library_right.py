# expects: nothing
import torch
from sklearn.ensemble import RandomForestClassifier
from torch import nn

model = nn.Sequential(nn.Linear(3, 1), nn.Softmax(dim=1))
forest = RandomForestClassifier()
forest.fit(x, y)
print(forest.predict(x) == y)
for images, labels in loader:
    loss = nn.functional.cross_entropy(model(images), labels)
