"""Sequences with labels: one for each sequence, or one for each step."""

from __future__ import annotations

from frontal.data.catalog_entry import Archive, Entry, Part, github

LABELLED = (
    Entry(
        name="fsdd",
        title="Free Spoken Digit Dataset: 3000 recordings of six speakers, 8 kHz",
        task="speech recognition",
        licence="CC BY-SA 4.0",
        terms="To be credited: Z. Jackson et al., Free Spoken Digit Dataset.",
        reader="frontal classify fsdd",
        parts=(
            Part(
                "recordings/*_[0-9].wav",
                4207318,
                "5ccbc08269d2811b9e30a24d4b55f9e9759bda49b51097c5fc7439954edf06f8",
                count=600,
            ),
            Part(
                "recordings/*_[1-4][0-9].wav",
                16921530,
                "3e5ecb5bcf4141cb4baeca135f6b06f18d36196da83d3af8900bf4657715d611",
                count=2400,
            ),
        ),
        archive=Archive(
            "https://github.com/Jakobovski/free-spoken-digit-dataset/archive/"
            "26eb9aaf76e81b692f806f9140c2d2777410d7a1.tar.gz",
            size=15610801,
        ),
        remark="Named DIGIT_SPEAKER_INDEX.wav. Indices 0 to 4 are the official test, the others the training part.",
    ),
    Entry(
        name="mnist",
        title="MNIST: 60 000 and 10 000 handwritten digits of 28 × 28 pixels",
        task="classifying images, row by row",
        licence="CC BY-SA 3.0",
        terms="As MNIST is commonly passed on; © Yann LeCun and Corinna Cortes. No licence stands beside the original.",
        reader="frontal classify mnist",
        parts=(
            Part(
                "train-images-idx3-ubyte.gz",
                47040016,
                "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
                "https://raw.githubusercontent.com/patrick-kidger/equinox/9336d820b2ef66b360fc6cb3611b3da5cefbb14d/"
                "docs/examples/MNIST/MNIST/raw/train-images-idx3-ubyte.gz",
                unpacked=True,
            ),
            *github(
                "patrick-kidger/equinox",
                "9336d820b2ef66b360fc6cb3611b3da5cefbb14d",
                "docs/examples/MNIST/MNIST/raw",
                """
                t10k-images-idx3-ubyte.gz 1648877 8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6
                t10k-labels-idx1-ubyte.gz 4542 f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6
                train-labels-idx1-ubyte.gz 28881 3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c
                """,
            ),
        ),
        remark="Images and labels in the idx format, packed with gzip.",
    ),
    Entry(
        name="ucr_uea",
        title="UCR/UEA archive: BasicMotions, JapaneseVowels, PickupGestureWiimoteZ, ECG200",
        task="classifying sequences",
        licence="research, with citation",
        terms="The archive states no licence. To be cited: Dau et al. 2018 (UCR), Bagnall et al. 2018 (UEA).",
        reader="frontal classify ucr_uea/BasicMotions",
        parts=(
            *github(
                "aeon-toolkit/aeon",
                "a101ddc8b35a65441609b45c9bcce5aeafa0c131",
                "aeon/datasets/data/BasicMotions",
                """
                BasicMotions_TRAIN.ts 227790 8dc43cc6306cb679c888c01e26f91772ac4441a916da43bac8b79734a538b9d6
                BasicMotions_TEST.ts 227713 79213102bc6fca1a398ad98ce1185dff0208fa3d1465e687f48288946b0ff8dc
                """,
            ),
            *github(
                "aeon-toolkit/aeon",
                "a101ddc8b35a65441609b45c9bcce5aeafa0c131",
                "aeon/datasets/data/JapaneseVowels",
                """
                JapaneseVowels_TRAIN.ts 487971 68a430eabd919cc77f40b1f5f3bc0dcafacc1486bca9260785aeb7d262cc78cd
                JapaneseVowels_TEST.ts 649132 b3d41d6a0ca3bcad3afb9ca7d4365382aa51341e2e58bae2a574babdda5b9462
                """,
            ),
            *github(
                "aeon-toolkit/aeon",
                "a101ddc8b35a65441609b45c9bcce5aeafa0c131",
                "aeon/datasets/data/PickupGestureWiimoteZ",
                """
                PickupGestureWiimoteZ_TRAIN.ts 43921 4d303d9990df621c066fc454d62626e3721aed008462103500b86b1ac1ca92c8
                PickupGestureWiimoteZ_TEST.ts 44312 a9109bce918e48ee0e924e9cf2fdfdc4de364a3d88ec5e8aa44399ff08b11361
                """,
            ),
            *github(
                "vmadhuuu/ecg200",
                "b70251f0a5078da8f7345af24ad00fa27f880ffc",
                "data/ECG200",
                """
                ECG200_TRAIN.ts 106734 b90f54f075680844c47f1b8e64f89d9ccea6208d4b7ddb12473cf6549dbea442
                ECG200_TEST.ts 106731 f995f934dbe23b8db855c2d33e850bd459a1f94b89c1a492adaf9d186df23401
                """,
            ),
        ),
        remark="ECG200 has no header lines: 96 values, a colon, the label.",
    ),
    Entry(
        name="sentiment_mr",
        title="Sentences of film reviews, 5331 positive and 5331 negative",
        task="classifying sentences",
        licence="research, with citation",
        terms="No licence stated. To be cited: Pang & Lee 2005.",
        reader="frontal classify sentiment_mr",
        parts=github(
            "harvardnlp/sent-conv-torch",
            "d61ded09c99c0199d8c5bca946cd65864de2b296",
            "data/raw",
            """
            rt-polarity.neg 612256 4ace77d558c3714723843f1d65b60c01e3417b208180f0728808d76ad0eeeaca
            rt-polarity.pos 626139 2da124ec187a9d5a29c9f04e91c540e02baed5af8868f550a26bd6fd4dbf8bf0
            """,
        ),
        remark="Latin-1, one sentence a line; the ending of the file is the label.",
    ),
    Entry(
        name="protein_ss",
        title="Secondary structure of proteins: 11 156 chains (FLIP, from NetSurfP-2.0), and the test set TS115",
        task="labelling every residue",
        licence="AFL-3.0 (FLIP); none stated (TS115)",
        terms="FLIP: Dallago et al. 2021, its README also says CC BY 4.0. NetSurfP-2.0: Klausen et al. 2019. "
        "TS115: Yang et al. 2018.",
        reader="frontal classify protein_ss/splits.zip --per-step",
        parts=(
            *github(
                "J-SNACKKB/FLIP",
                "62cace8735f5610e2743cf06ce0f944b37fffaa6",
                "splits/secondary_structure",
                """
                splits.zip 2321037 2e9bbbfd18a055bcac7edd4e059a6bf4bb35ca3ad8f8fa4fc3106422652a4726
                """,
            ),
            *github(
                "Seowhi/ILMCNet",
                "43d5d7a3488b4e11c317086f623fb863cf6e0d11",
                "data/pssp_3_data",
                """
                ts115_q3.json 122036 f1c1053bc63fc8fdd981774ab87a7627ad959081a8f7c53a65f3f549cd60172e ts115.json
                """,
            ),
        ),
        remark="splits.zip holds sequences, labels (H, E, C) and masks as FASTA.",
    ),
    Entry(
        name="process_logs",
        title="Help desk: 3804 cases, 13 710 events of 9 kinds",
        task="the next item of a session",
        licence="CC BY 4.0",
        terms="As published by I. Verenich (Mendeley Data); the copy's repository states nothing.",
        reader="frontal.data.read_table",
        parts=github(
            "verenich/ProcessSequencePrediction",
            "9f51f9a30574a71465bb394a7ed82eee0338d10d",
            "data",
            """
            helpdesk.csv 367018 1306e06414481a1debd845ea760b5ce8331d087ddc67d7f7ec300b4bea3f41b7
            """,
        ),
    ),
)
