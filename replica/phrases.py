"""Sentences of synthetic trials that belong to no condition: all our own. `{a|b}` is a choice, see `families.py`.

`%(drug)s`, `%(control)s`, `%(condition)s` and the like are filled in by `studies.py`.
"""

SUMMARY_OPENERS = (
    "This study tests whether %(drug)s {helps|benefits|is useful for} people with %(condition)s.",
    "The purpose of this trial is to compare %(drug)s with %(control)s in participants with %(condition)s.",
    "The goal of this study is to learn {how well|whether and how safely} %(drug)s works in %(people)s with "
    "%(condition)s.",
    "Researchers want to find out if %(drug)s is better than %(control)s at treating %(condition)s.",
    "This is a {phase-specific|multi-part|single-question} study of %(drug)s given to %(people)s living with "
    "%(condition)s.",
    "%(Drug)s has shown early promise in %(condition)s, and this study examines its effect on %(measure)s.",
)
SUMMARY_SENTENCES = (
    "About %(count)s participants will be {enrolled|included|recruited}.",
    "The main question is whether %(measure)s differs between the groups.",
    "Participants will attend {four|six|eight|eleven} visits over %(duration)s.",
    "Side effects are recorded at every visit.",
    "Participants who stop treatment early are followed until the end of the study.",
    "The study has a screening period, a treatment period and a follow-up period of {4|8|12|30} weeks.",
    "A group receiving %(control)s serves as the comparison.",
    "Researchers will also look at %(second)s.",
)
DESCRIPTION_SENTENCES = (
    "%(Condition)s remains a {common|burdensome|costly} cause of ill health, and a part of the affected people "
    "does not "
    "respond to present treatment.",
    "Earlier work suggested that %(drug)s acts on a pathway that is active in %(condition)s, but the size of the "
    "effect in "
    "{routine care|unselected participants|older people} is not known.",
    "Eligible participants are allocated by a central web-based system in permuted blocks of {four|six|varying size}.",
    "Allocation is stratified by {site|region|sex} and by {age group|severity at baseline|previous treatment}.",
    "The dose is {fixed|increased every four weeks as tolerated|adjusted to body weight} and may be reduced once "
    "for toxicity.",
    "Visits take place at baseline, week {2|4|6}, week {8|12|16} and week {24|36|52}, with telephone contacts in "
    "between.",
    "Blood is drawn for {pharmacokinetics|biomarkers|safety} before the dose and 1, 2, 4 and 8 hours after it.",
    "The sample size of %(count)s gives {80|90}% power to detect a clinically meaningful difference in "
    "%(measure)s at a "
    "two-sided alpha of 0.05, assuming {10|15|20}% drop-out.",
    "The primary analysis follows the intention-to-treat principle and uses a mixed model for repeated measures.",
    "Missing values are handled by multiple imputation, with tipping-point analyses for sensitivity.",
    "An independent data monitoring committee reviews unblinded safety data every {three|six} months.",
    "A substudy at selected sites collects {stool|saliva|tissue|imaging} samples for later analysis.",
    "Subgroups defined by age (< 65 and >= 65 years), sex and baseline severity are analyzed in an exploratory way.",
    "Rescue treatment is permitted after week {4|8|12} and is counted as an intercurrent event.",
    "Participants complete questionnaires on quality of life [in the local language] at every second visit.",
    "Staff who assess outcomes do not know the allocation.",
    "Adverse events are coded with MedDRA and graded by CTCAE version 5.0.",
    "Study staff who are in contact with participants receive training in the protocol, in the use of rating "
    "scales and in "
    "the recording of adverse events before the first participant is screened at their site, and again every year.",
    "In the {first|second} period, all participants receive %(drug)s; in the period after that, those with a "
    "sufficient "
    "response are allocated again, to either continued treatment or %(control)s, until relapse or the end of the "
    "study.",
    "Secondary endpoints are tested in a fixed order, each only when the one before it has reached statistical "
    "significance, "
    "to keep the overall type I error at 5%.",
    "The trial follows the Declaration of Helsinki & the guideline on good clinical practice.",
    "An interim analysis for futility is planned after {40|50|60}% of the events.",
    "Concomitant treatment of %(condition)s continues unchanged for the length of the study.",
)
DETAIL_HEADINGS = ("Background", "Objectives", "Methods", "Study procedures", "Statistical considerations", "Rationale")
OUTCOME_DESCRIPTIONS = (
    "Assessed by {blinded staff|the investigator|central readers} at each visit; the change from baseline is compared.",
    "Scores range from 0 to {10|24|60|100}; {higher|lower} scores mean a worse state.",
    "Measured in %(unit)s with the same method at all sites, and summarized by treatment group.",
    "Defined as the proportion of participants who reach the threshold without rescue treatment.",
    "Time from allocation to the first occurrence; participants without an event are censored at the last contact.",
    "Estimated with a mixed model that holds treatment, visit, baseline value and site [as a random effect].",
    "Values below the limit of quantification are set to half of it (< 0.5 of the limit).",
    "The number of participants with at least one event, by system organ class.",
    "Read from patient diaries over the 7 days before each visit.",
)
SAFETY_MEASURES = (
    "Number of participants with treatment-emergent adverse events",
    "Number of participants with serious adverse events",
    "Maximum observed plasma concentration (Cmax) of %(drug)s",
    "Area under the concentration-time curve (AUC0-24) of %(drug)s",
    "EQ-5D-5L visual analogue scale score",
    "SF-36 physical component summary score",
    "Adherence measured by pill count",
    "Number of participants who discontinue because of adverse events",
    "Health care costs per participant",
    "All-cause mortality",
    "Anti-drug antibodies to %(drug)s",
    "Change in C-reactive protein",
    "PROMIS Global Health score",
    "Number of unscheduled visits",
    "Pittsburgh Sleep Quality Index total score",
    "Hospital Anxiety and Depression Scale score",
)
TIME_FRAMES = (
    "Baseline to week 12", "Week 24", "12 months", "Day 1 to day 28", "Up to 5 years", "Baseline, week 4, week 8 "
    "and week 16",
    "52 weeks", "From date of randomization until progression or death, whichever comes first, assessed up to 60 "
    "months",
    "Through study completion, an average of 1 year", "6 months", "24 hours after surgery", "Baseline and week "
    "26", "90 days",
    "Pre-dose and 0.5, 1, 2, 4, 8, 24 hours post-dose on day 1", "2 years", "Up to approximately 100 weeks",
)  # fmt: skip
INCLUSION = (
    "Signed {and dated |}informed consent before any study procedure",
    "Age >= %(youngest)s at the time of consent",
    "%(Sexes)s, %(ages)s",
    "Clinical diagnosis of %(condition)s {by the treating physician|according to current guidelines|confirmed "
    "within 12 months}",
    "Willing and able to comply with scheduled visits and other study procedures",
    "Women of childbearing potential must have a negative pregnancy test at screening and use effective contraception "
    "until {30 days|90 days|6 months} after the last dose",
    "Body mass index of {18|18.5|20} to {30|32|35|40} kg/m2",
    "Able to swallow tablets",
    "Fluent in the language of the questionnaires",
    "Affiliated to a health insurance scheme",
    "No change of usual medication in the last {4|6|8|12} weeks",
    "Adequate venous access",
    "Ownership of a smartphone (iOS or Android) able to run the study application",
    "Systolic blood pressure of 90 to {140|150|160} mmHg at screening",
    "Hemoglobin >= {8.0|9.0|10.0|11.0} g/dL",
    "Estimated glomerular filtration rate >= {30|45|60} mL/min/1.73 m2",
    "AST and ALT <= {2|2.5|3} x ULN",
    "Platelet count >= {50|75|100} x 10^9/L",
    "Fertile men must agree to use a condom during treatment and for {90|120} days afterwards",
    "Life expectancy of more than {3|6|12} months",
    "Referred for %(drug)s as part of usual care",
    "Resident within {50|100} km of the study site",
)
EXCLUSION = (
    "Pregnant or breastfeeding women",
    "Known hypersensitivity to %(drug)s or any of its excipients",
    "Participation in another interventional study within {30 days|4 weeks|3 months} before screening",
    "Severe hepatic impairment (Child-Pugh {B or C|C})",
    "Estimated glomerular filtration rate < {15|30|45|60} mL/min/1.73 m2",
    "ALT or AST > {2|2.5|3|5} times the upper limit of normal",
    "Hemoglobin < {7|8|9|10} g/dL",
    "Active malignancy within the past {3|5} years",
    "HIV, hepatitis B (HBsAg) or hepatitis C infection",
    "History of alcohol or drug abuse within the past {6|12|24} months",
    "Uncontrolled hypertension (> {160/100|180/110} mmHg)",
    "QTc interval > {450|470|480|500} ms",
    "Any condition which, in the opinion of the investigator, makes participation unsafe",
    "Unable to give informed consent",
    "Major surgery within {4|6|8|12} weeks",
    "Psychiatric illness that interferes with participation",
    "Use of systemic corticosteroids (> {10|20} mg prednisone a day) within {2|4} weeks",
    "Strong inhibitors or inducers of CYP3A4 within {7|14} days",
    "Active infection requiring intravenous antibiotics",
    "Donation of {450|500} mL of blood or more within {8|12} weeks",
    "Planned move away from the region during the study",
    "Platelet count < {50|75|100} x 10^9/L or INR > {1.5|2.0}",
    "Myocardial infarction or stroke within {3|6|12} months",
    "Implanted metal or another contraindication to magnetic resonance imaging",
    "Body mass index > {35|40|45} kg/m2",
    "Uncontrolled diabetes (HbA1c > {8.5|9|10}%)",
    "Current smoker of more than {5|10} cigarettes a day",
    "Employees of the sponsor and their relatives",
    "Persons deprived of liberty or under guardianship",
    "Live vaccination within {30 days|4 weeks|3 months}",
    "History of organ transplantation",
    "Previous treatment with %(drug)s",
    "Untreated thyroid disease (TSH outside {0.4-4.0|0.5-5.0} mIU/L)",
    "Expected survival of less than {3|6|12} months",
    "Serious concurrent disease [heart, lung, kidney or liver]",
    "Seizure disorder",
    "Positive urine drug screen",
    "Nursing home residence",
    "White blood cell count < {2.5|3.0} x 10^9/L",
    "Gastrointestinal disease that affects absorption",
)
QUALIFIERS = (
    ", {confirmed|repeated} at baseline",
    " (documented by {a specialist|local laboratory values|medical history})",
    ", unless the {medical monitor|sponsor|ethics committee} has agreed to the inclusion in writing before the "
    "first visit",
    ", as judged by the investigator from medical history, physical examination and the results of laboratory tests",
    "; one repeat of the test is permitted within {7|14} days",
    " [per local guidelines]",
    ", including but not limited to conditions that could affect the assessment of efficacy or safety",
    ".",
)
SUBPOINTS = (
    ("documented in the medical record", "confirmed by a second reader", "within {30|60|90} days of screening"),
    ("intrauterine device", "hormonal contraception with a stable dose for {1|3} months", "sterilized partner"),
    ("stable dose for at least {4|8} weeks", "no dose change planned", "washout of 5 half-lives otherwise"),
    ("grade >= {2|3} by CTCAE", "requiring hospitalization", "not resolved at screening"),
    ("value A: >= {1.5|2.0} x ULN", "value B: < {3|5}% of predicted", "both on two occasions [24 hours apart]"),
)
LAST_WORDS = (
    "Other protocol-defined inclusion/exclusion criteria may apply.",
    "Note: Other inclusion and exclusion criteria apply.",
    "* Further criteria of the protocol apply",
)
ARM_DESCRIPTIONS = (
    "Participants receive %(drug)s {once daily|twice daily|every 2 weeks|every 4 weeks} for %(duration)s.",
    "%(Drug)s {10 mg|50 mg|150 mg|300 mg|1,000 mg} given {orally|subcutaneously|by intravenous infusion} for "
    "%(duration)s.",
    "%(Drug)s in addition to standard care, with dose reduction for toxicity.",
    "Tablets are taken in the morning with water; missed doses are not made up.",
    "Dose interruptions of up to {14|28} days are allowed; after that, the participant stays in follow-up "
    "without treatment.",
    "After the last visit of the controlled period, participants may continue in an open extension of {12|24} months.",
    "The first dose is given at the site under observation for {one|two|four} hours, all later doses at home.",
    "Treatment continues until progression, unacceptable toxicity or withdrawal of consent, whichever comes first.",
    "Treatment with %(drug)s under supervision, {two|three|five} sessions a week for %(duration)s.",
)
CONTROLS = ("Placebo", "Standard of Care", "Usual Care", "Active Comparator", "No Intervention", "Waiting List", "Sham")
DURATIONS = ("4 weeks", "8 weeks", "12 weeks", "16 weeks", "24 weeks", "6 months", "52 weeks", "two years")
PEOPLE = ("adults", "participants", "patients", "men and women", "older adults", "children and adolescents")
WHY_STOPPED = (
    "Slow accrual", "Business decision, not related to safety", "Lack of funding", "Sponsor decision",
    "Interim analysis showed futility", "Principal investigator left the institution", "COVID-19 pandemic",
    "No participants enrolled", "Drug supply ended", "Product development discontinued",
)  # fmt: skip
POPULATIONS = (
    "Outpatients of {a university hospital|three primary care practices|a national registry} with %(condition)s.",
    "Consecutive people admitted with %(condition)s and matched controls from the same region.",
)
IPD_SENTENCES = (
    "De-identified participant data will be shared with qualified researchers after publication.",
    "Data are available from the sponsor on reasonable request.",
)
KEYWORDS = (
    "randomized", "quality of life", "safety", "biomarker", "real-world", "survival", "adherence", "long-term "
    "follow-up",
    "pharmacokinetics", "telemedicine", "elderly", "nursing", "precision medicine", "prevention",
)  # fmt: skip
EVENTS = (
    ("Nausea", "Gastrointestinal disorders"), ("Vomiting", "Gastrointestinal disorders"),
    ("Diarrhoea", "Gastrointestinal disorders"), ("Constipation", "Gastrointestinal disorders"),
    ("Abdominal pain", "Gastrointestinal disorders"), ("Dyspepsia", "Gastrointestinal disorders"),
    ("Headache", "Nervous system disorders"), ("Dizziness", "Nervous system disorders"),
    ("Syncope", "Nervous system disorders"), ("Paraesthesia", "Nervous system disorders"),
    ("Fatigue", "General disorders"), ("Pyrexia", "General disorders"), ("Oedema peripheral", "General disorders"),
    ("Injection site reaction", "General disorders"), ("Chest pain", "General disorders"),
    ("Nasopharyngitis", "Infections and infestations"), ("Urinary tract infection", "Infections and infestations"),
    ("Pneumonia", "Infections and infestations"), ("Sepsis", "Infections and infestations"),
    ("Influenza", "Infections and infestations"), ("Cellulitis", "Infections and infestations"),
    ("Cough", "Respiratory, thoracic and mediastinal disorders"),
    ("Dyspnoea", "Respiratory, thoracic and mediastinal disorders"),
    ("Pulmonary embolism", "Respiratory, thoracic and mediastinal disorders"),
    ("Atrial fibrillation", "Cardiac disorders"), ("Myocardial infarction", "Cardiac disorders"),
    ("Cardiac failure", "Cardiac disorders"), ("Bradycardia", "Cardiac disorders"),
    ("Hypertension", "Vascular disorders"), ("Hypotension", "Vascular disorders"),
    ("Anaemia", "Blood and lymphatic system disorders"), ("Neutropenia", "Blood and lymphatic system disorders"),
    ("Thrombocytopenia", "Blood and lymphatic system disorders"), ("Rash", "Skin and subcutaneous tissue disorders"),
    ("Pruritus", "Skin and subcutaneous tissue disorders"), ("Alopecia", "Skin and subcutaneous tissue disorders"),
    ("Arthralgia", "Musculoskeletal and connective tissue disorders"),
    ("Back pain", "Musculoskeletal and connective tissue disorders"),
    ("Myalgia", "Musculoskeletal and connective tissue disorders"), ("Insomnia", "Psychiatric disorders"),
    ("Anxiety", "Psychiatric disorders"), ("Depression", "Psychiatric disorders"),
    ("Fall", "Injury, poisoning and procedural complications"),
    ("Femur fracture", "Injury, poisoning and procedural complications"),
    ("Hypokalaemia", "Metabolism and nutrition disorders"),
    ("Decreased appetite", "Metabolism and nutrition disorders"),
    ("Dehydration", "Metabolism and nutrition disorders"), ("Acute kidney injury", "Renal and urinary disorders"),
    ("Haematuria", "Renal and urinary disorders"), ("Alanine aminotransferase increased", "Investigations"),
    ("Weight decreased", "Investigations"), ("Blood creatinine increased", "Investigations"),
)  # fmt: skip
